# A project in git whose script trains in no time.
cat >train.py <<'END'
import argparse
import json
import os

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--lr", type=float, default=0.01)
options = parser.parse_args()
os.makedirs("out", exist_ok=True)
for name in ("metrics.json", "model.pkl"):
    with open(f"out/{name}", "w") as file:
        json.dump({"accuracy": 1 - options.lr / options.epochs}, file)
print("trained")
END
git init -q -b main .
git add .
git commit -q -m start
