#!/bin/bash
# Programs of the shell: pipes, redirection, sed in place, a temporary file that is moved into place.
set -eu
sort data/words.txt | uniq -c | awk '{print $2 "," $1}' > out/counts.csv
while IFS=, read -r a _; do echo "$a"; done < data/train.csv | head -100 > out/first.txt
cp data/train.tsv out/copy.tsv
sed -i 's/\t/;/g' out/copy.tsv
grep -c . "$OUTSIDE/extra.csv" > out/count.tmp
mv out/count.tmp out/count.txt
tar czf out/images.tgz data/images/cats
python toml_json.py
