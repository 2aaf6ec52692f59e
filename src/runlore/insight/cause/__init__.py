"""Which of many differences changed a number: found by measuring what some of them do without the others."""
