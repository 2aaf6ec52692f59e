# make: two stages, the second from what the first has made.
out/metrics.json: out/sorted.txt toml_json.py settings.toml settings.json
	python toml_json.py

out/sorted.txt: data/words.txt
	sort $< > $@.tmp && mv $@.tmp $@
