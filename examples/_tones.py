"""Synthesised tones and their log spectra."""

import torch
from torch.nn import functional as F

RATE, LENGTH, HOP, BANDS = 8000, 2048, 64, 20  # hertz; samples; samples per frame; per spectrum


def synthesise(num, source):
    """Gliding harmonic tones that decay, with a little noise, [num, 1, LENGTH] in [-1, 1]."""
    pitch, glide, tilt, decay = torch.rand(4, num, 1, generator=source)
    time = torch.arange(LENGTH) / RATE  # seconds
    phase = 2 * torch.pi * (100 + 300 * pitch) * time * (1 + (4 * glide - 2) * time)
    partials = sum((0.3 + 0.5 * tilt) ** k * torch.sin(k * phase) for k in range(1, 8))
    noise = torch.randn(num, LENGTH, generator=source)
    wave = partials * torch.exp(-8 * decay * time) + 0.02 * noise
    return (0.9 * wave / wave.abs().amax(1, keepdim=True)).unsqueeze(1)


def spectrogram(wave, size=256):
    """Log magnitudes, [B, size / 2 + 1, frames]."""
    window = torch.hann_window(size)
    spectrum = torch.stft(wave.squeeze(1), size, HOP, window=window, return_complex=True)
    return spectrum.abs().clamp(min=1e-2).log()


def coarse(wave):
    """What the generator is given, [B, BANDS, LENGTH / HOP]."""
    return F.adaptive_avg_pool2d(spectrogram(wave), (BANDS, LENGTH // HOP))


def spectral_distance(real, fake, size=256):
    """L1 of log magnitudes, in nepers."""
    return F.l1_loss(spectrogram(fake, size), spectrogram(real, size))
