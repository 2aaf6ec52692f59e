"""Configs as people write them for training hold nothing that is taken for a secret."""

import hashlib
import json
import random
import uuid

import pytest
import yaml

from runlore.capture.flatten import flatten
from runlore.capture.secrets import redact_argv, redact_params, scan_file
from runlore.records.canonical import Scalar

KEY = bytes(range(32))

HYDRA = """
defaults: [_self_, {override hydra/launcher: submitit_slurm}, {model: resnet}, {data: imagenet}]
seed: 1234567
task_name: train
tags: [dev, baseline, "2024-11-03"]
paths: {root_dir: "${oc.env:PROJECT_ROOT}", data_dir: /data/imagenet/ILSVRC2012, log_dir: "${paths.root_dir}/logs/"}
model:
  _target_: src.models.mnist_module.MNISTLitModule
  optimizer: {_target_: torch.optim.AdamW, _partial_: true, lr: 0.001, betas: [0.9, 0.999], eps: 1.0e-08}
  scheduler: {_target_: torch.optim.lr_scheduler.ReduceLROnPlateau, mode: min, factor: 0.1, patience: 10}
  net: {input_size: 784, lin1_size: 64, lin2_size: 128, output_size: 10, checkpoint_key: state_dict}
  key_dim: 64
  value_dim: 64
  num_key_value_heads: 8
  query_key_norm: true
  attention: {impl: flash_attention_2, softcap: null, rope_scaling: {type: yarn, factor: 4.0}}
data:
  _target_: src.data.ImageNetDataModule
  archive_md5: MD5
  sha256: SHA256
  version: GITSHA
  partition_key: date
  sort_key: example_id
  primary_key: id
  cache_key: imagenet-v2-MD5
  image_key: jpg;png
  label_key: cls
  urls: ["s3://ml-datasets/imagenet/shards/train-{000000..001281}.tar", "gs://bucket-1/path/to/shard@00128"]
  manifest: https://storage.example.org/v1/datasets/MD5/manifest.json?version=3&format=json
  fingerprint: FINGERPRINT
callbacks:
  model_checkpoint: {monitor: val/acc, mode: max, save_last: true, filename: "epoch_{epoch:03d}", dirpath: null}
  early_stopping: {monitor: val/acc, patience: 100, mode: max, min_delta: 0.0}
logger:
  wandb: {project: lightning-hydra-template, entity: team_vision, id: 3hx1r9zq, group: "", offline: false}
  mlflow: {tracking_uri: "http://mlflow.internal:5000/", run_id: MD5, experiment_name: "exp_2024_11"}
  neptune: {api_key: "${oc.env:NEPTUNE_API_TOKEN}", project: username/lightning-hydra-template, prefix: ""}
  comet: {api_key: null, project_name: lightning-hydra-template}
hydra:
  run: {dir: "${paths.log_dir}/${task_name}/runs/${now:%Y-%m-%d}_${now:%H-%M-%S}"}
  job: {env_set: {HF_TOKEN: "${oc.env:HF_TOKEN}"}}
"""

TRAINER = """
output_dir: ./outputs/llama-3-8b-sft-UUID
model_name_or_path: meta-llama/Meta-Llama-3.1-8B-Instruct
model_revision: GITSHA
tokenizer_name: null
tokenizer_revision: GITSHA
use_fast_tokenizer: true
token: null
hub_token: null
use_auth_token: false
push_to_hub: false
hub_model_id: team-nlp/llama-3-8b-sft-v2
hub_private_repo: true
pad_token: "<|finetune_right_pad_id|>"
eos_token: "<|eot_id|>"
bos_token: "<|begin_of_text|>"
unk_token: "[UNK]"
pad_token_id: 128004
eos_token_id: [128001, 128008, 128009]
bos_token_id: 128000
image_token: "<image>"
image_token_index: 32000
additional_special_tokens: ["<|im_start|>", "<|im_end|>", "<extra_id_0>", "<|reserved_special_token_42|>"]
max_tokens: 4096
max_new_tokens: 512
min_tokens: 1
num_tokens_per_batch: 262144
tokens_per_second: 12345.6
stop_tokens: ["</s>", "<|eot_id|>"]
forced_bos_token_id: null
decoder_start_token_id: 2
token_type_ids: false
tokenizer_kwargs: {padding_side: right, truncation_side: left, add_prefix_space: false, legacy: false}
lora: {r: 16, alpha: 32, dropout: 0.05, target_modules: [q_proj, k_proj, v_proj, o_proj, key, query, value, key_value]}
learning_rate: 2.0e-05
lr_scheduler_type: cosine
warmup_ratio: 0.03
weight_decay: 0.0
adam_beta1: 0.9
adam_beta2: 0.95
per_device_train_batch_size: 4
gradient_accumulation_steps: 8
num_train_epochs: 3
bf16: true
tf32: true
gradient_checkpointing: true
gradient_checkpointing_kwargs: {use_reentrant: false}
evaluation_strategy: steps
metric_for_best_model: eval_loss
greater_is_better: false
report_to: [wandb, tensorboard]
run_name: llama-3-8b-sft-20241103-142233-a100x8
dataset_name: HuggingFaceH4/ultrachat_200k
dataset_fingerprint: FINGERPRINT
dataset_revision: GITSHA
resume_from_checkpoint: /mnt/checkpoints/UUID/checkpoint-12000/
author: jane.doe@example.org
authors: ["Jane Doe", "J. Random"]
auth_type: none
authentication: disabled
secret_santa: false
monkey_patch: true
keyboard: us
password_policy: strict
password_min_length: 12
secret_name: training-secrets-v2
passes: 3
forward_pass: fused2
backward_pass_per_step: 1
credentials_file: /etc/gcp/service-account-1.json
"""

DEEPSPEED = {
    "train_batch_size": "auto",
    "zero_optimization": {
        "stage": 3,
        "offload_optimizer": {"device": "cpu", "pin_memory": True, "nvme_path": "/local_nvme"},
        "offload_param": {"device": "nvme", "buffer_count": 5, "buffer_size": 1e8, "max_in_cpu": 1e9},
        "overlap_comm": True,
        "sub_group_size": 1e9,
        "reduce_bucket_size": "auto",
        "stage3_prefetch_bucket_size": 15099494,
        "stage3_param_persistence_threshold": 40960,
        "stage3_gather_16bit_weights_on_model_save": True,
    },
    "bf16": {"enabled": "auto"},
    "fp16": {"enabled": False, "loss_scale": 0, "initial_scale_power": 16, "hysteresis": 2},
    "optimizer": {"type": "AdamW", "params": {"lr": "auto", "betas": [0.9, 0.999], "eps": 1e-8}},
    "scheduler": {"type": "WarmupDecayLR", "params": {"warmup_min_lr": 0, "total_num_steps": "auto"}},
    "wandb": {"enabled": True, "team": "vision2", "group": "zero3", "project": "deepspeed-llama-70b"},
    "wall_clock_breakdown": False,
    "aio": {"block_size": 1048576, "queue_depth": 8, "thread_count": 1, "single_submit": False},
}

COMPOSE = """
services:
  trainer:
    image: registry.internal:5000/team/trainer@sha256:SHA256
    command: [python, -m, torch.distributed.run, --nproc_per_node=8, train.py, --config, conf/llama.yaml]
    environment:
      HF_TOKEN: ${HF_TOKEN:?set me}
      WANDB_API_KEY: ${WANDB_API_KEY}
      WANDB_PROJECT: sft
      AWS_REGION: eu-central-1
      MLFLOW_TRACKING_URI: http://mlflow:5000
      POSTGRES_PASSWORD_FILE: /run/secrets/pg1
      TOKENIZERS_PARALLELISM: "false"
      NCCL_SOCKET_IFNAME: eth0
    secrets: [hf_token, wandb]
    volumes: ["/data:/data:ro", "cache-v2:/root/.cache"]
    healthcheck: {test: "curl -f http://localhost:8080/healthz", interval: 30s, retries: 3}
secrets: {hf_token: {file: ./secrets/hf_token.txt}, wandb: {external: true}}
networks: {default: {driver: bridge, ipam: {config: [{subnet: 172.28.0.0/16}]}}}
"""


def drawn(seed: int) -> dict[str, str]:
    """Hashes and ids, as they stand in configs."""
    source = random.Random(seed)  # noqa: S311 - the same each time
    data = source.randbytes(64)
    return {
        "MD5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "GITSHA": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "SHA256": hashlib.sha256(data).hexdigest(),
        "UUID": str(uuid.UUID(bytes=data[:16], version=4)),
        "FINGERPRINT": f"{source.getrandbits(64):016x}",
    }


def fill(text: str, seed: int) -> str:
    for name, value in sorted(drawn(seed).items(), reverse=True):
        text = text.replace(name, value)
    return text


def configs(seed: int) -> list[dict[str, Scalar]]:
    nested = [yaml.safe_load(fill(text, seed)) for text in (HYDRA, TRAINER, COMPOSE)]
    return [flatten(each) for each in (*nested, DEEPSPEED, tokenizer(seed), {"artifacts": list(drawn(seed).values())})]


def tokenizer(seed: int) -> dict[str, object]:
    """A tokenizer's file: words and pieces of words of every kind."""
    source = random.Random(seed)  # noqa: S311 - the same each time
    pieces = [f"Ġ{source.choice(['secret', 'password', 'token', 'key', 'the', 'ing'])}{number}" for number in range(60)]
    added = [{"id": number, "content": f"<|special_{number}|>", "special": True} for number in range(10)]
    return {
        "version": "1.0",
        "added_tokens": added,
        "model": {"type": "BPE", "vocab": {p: n for n, p in enumerate(pieces)}},
    }


@pytest.mark.parametrize("seed", range(20))
def test_no_value_of_a_training_config_is_taken_for_a_secret(seed: int) -> None:
    for values in configs(seed):
        assert redact_params(values, KEY) == (values, [])


def test_the_corpus_has_several_hundred_values() -> None:
    assert sum(map(len, configs(0))) >= 300


@pytest.mark.parametrize("seed", range(5))
def test_nor_is_anything_in_the_files(seed: int) -> None:
    for text in (HYDRA, TRAINER, COMPOSE, json.dumps(DEEPSPEED, indent=2), json.dumps(tokenizer(seed))):
        assert scan_file(fill(text, seed).encode(), KEY) == []


def test_nor_is_any_value_given_on_a_command_line() -> None:
    for values in configs(1):
        argv = tuple(f"{name}={value}" for name, value in values.items())
        assert redact_argv(argv, KEY) == (argv, [])
