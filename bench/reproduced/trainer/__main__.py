"""`python -m trainer`."""

# mypy: ignore-errors

from trainer.fit import main

if __name__ == "__main__":
    main()
