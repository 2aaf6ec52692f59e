#!/bin/bash
# A statically linked program, which no library can be loaded into, between others.
set -eu
sort data/words.txt > out/sorted.txt
./lines data/train.csv > out/lines.txt
