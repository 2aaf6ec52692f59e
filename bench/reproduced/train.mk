# Steps that make knows the order of.
all: out/metrics.json out/report.txt

out/clean.csv: data/table.csv
	mkdir -p out
	tail -n +2 $< | sort -u > $@

out/metrics.json: out/clean.csv common.py features.py local.json
	python -c 'import common, features; common.save(rows=float(len(open("out/clean.csv").readlines())))'

out/report.txt: out/metrics.json
	cat out/metrics.json local.json > $@
