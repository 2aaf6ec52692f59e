"""safetensors in and out, a picture by matplotlib."""

# mypy: ignore-errors

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
from safetensors import safe_open
from safetensors.numpy import save_file

with safe_open("data/weights.safetensors", framework="np") as file:
    weights = file.get_tensor("w")
save_file({"w": weights * 2}, "out/weights.safetensors")
plt.plot(weights)
plt.savefig("out/weights.png")
