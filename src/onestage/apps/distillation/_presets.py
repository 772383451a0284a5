"""Settings by name: the digits, and the published experiments."""

from __future__ import annotations

from typing import Any

_DIGITS: dict[str, Any] = {
    "teacher_network": "digits",
    "student": "digits-half",
    "data": "digits",
    "image_size": 16,
    "channels": 1,
    "classes": 10,
    "mean": "0.305",
    "std": "0.376",
    "steps": 1000,
    "student_steps": 1,
    "batch_size": 64,
    "student_learning_rate": 0.02,
    "student_weight_decay": 5e-4,
    "latent_dim": 64,
    "generator_width": 8,
    "evaluate_every": 100,
    "checkpoint_every": 200,
}

# DFAD (Fang et al., arXiv 1912.11006), as the authors' code has it: L1, 5 student steps, constant
# learning rates.
_DFAD: dict[str, Any] = {
    "student_steps": 5,
    "schedule": "constant",
    "generator_width": 64,
    "checkpoint_every": 500,
}

_MNIST: dict[str, Any] = {
    **_DFAD,
    "teacher_network": "lenet5",
    "student": "lenet5-half",
    "image_size": 32,
    "channels": 1,
    "classes": 10,
    "mean": "0.1307",
    "std": "0.3081",
    "steps": 2000,
    "batch_size": 512,
    "student_learning_rate": 0.01,
    "student_weight_decay": 1e-4,
    "latent_dim": 100,
    "evaluate_every": 50,
}

_CIFAR: dict[str, Any] = {
    **_DFAD,
    "teacher_network": "resnet34",
    "student": "resnet18",
    "image_size": 32,
    "channels": 3,
    "mean": "0.4914,0.4822,0.4465",
    "std": "0.2023,0.1994,0.2010",
    "steps": 25_000,
    "batch_size": 256,
    "student_learning_rate": 0.1,
    "student_weight_decay": 5e-4,
    "latent_dim": 256,
    "evaluate_every": 500,
}

PRESETS: dict[str, dict[str, Any]] = {
    "digits": _DIGITS,
    "digits-bn": {
        **_DIGITS,
        "teacher_network": "digits-bn",
        "student": "digits-half-bn",
        "image_size": 8,
        "steps": 300,
        "student_steps": 5,
        "student_learning_rate": 0.05,
        "generator_width": 16,
        "evaluate_every": 50,
        "checkpoint_every": 100,
    },
    "mnist": _MNIST,
    "cifar10": {**_CIFAR, "classes": 10},
    "cifar100": {**_CIFAR, "classes": 100},
}
