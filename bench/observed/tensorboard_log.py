"""torch's writer for TensorBoard, a model traced and kept."""

# mypy: ignore-errors

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

x, y = torch.from_numpy(np.load("data/x.npy")), torch.from_numpy(np.load("data/y.npy")).float()
model = torch.nn.Linear(6, 1)
optimizer = torch.optim.Adam(model.parameters())
with SummaryWriter("out/tensorboard") as writer:
    for step in range(5):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x)[:, 0], y)
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss, step)
torch.jit.trace(model, x[:1]).save("out/model.torchscript")
