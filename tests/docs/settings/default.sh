# A small project in git: the handwritten digits of the examples.
cp "$MLRUN_CHECKOUT"/examples/digits/{train.py,wide.toml} .
git init -q -b main .
git add .
git commit -q -m start
