#!/usr/bin/env python3
"""Encodes the two prompts of diffusion.sdxl_refiner, once, with the text encoders of SDXL (diffusers, safetensors).

    python3 sdxl_prompts.py DIR/weights/sdxl_prompts.safetensors [MODEL]

MODEL is a folder or a name that diffusers knows, SDXL base by default: its text encoders are those of its fine-tunes unless
they say otherwise. A context is the last layer but one of both encoders side by side [77, 2048], a pooled vector the larger
encoder's projected end of text [1280].
"""
import sys

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import save_file

PROMPT = ""  # Brain-IT (arXiv 2510.25976), refinement: SDXL without a text prompt
# The kind of list its authors' release names; theirs is longer. Another one is another refiner: say which in a report.
NEGATIVE = ("painting, extra fingers, mutated hands, poorly drawn hands, poorly drawn face, deformed, blurry, bad anatomy, "
            "extra limbs, anime")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    model = sys.argv[2] if len(sys.argv) > 2 else "stabilityai/stable-diffusion-xl-base-1.0"
    pipe = StableDiffusionXLPipeline.from_pretrained(model, torch_dtype=torch.float32, unet=None)
    encoded = {}
    for name, text in (("prompt", PROMPT), ("negative", NEGATIVE)):
        with torch.no_grad():
            context, _, pooled, _ = pipe.encode_prompt(text, device="cpu", do_classifier_free_guidance=False)
        encoded[name + "_context"] = context[0].contiguous()
        encoded[name + "_pooled"] = pooled[0].contiguous()
    save_file(encoded, sys.argv[1])
    print({name: tuple(tensor.shape) for name, tensor in encoded.items()})


if __name__ == "__main__":
    main()
