"""The Pulumi program: settings in, resources made, outputs out."""

import gc
import sys
from pathlib import Path

import pulumi

from mlplatform import changes, existing, external_check, references, settings, stack, transforms

# Pulumi puts only infra/ on the path, and the image names are computed in images/ beside it.
sys.path.append(str(Path(__file__).resolve().parents[1]))
from images.names import image_names

# Hardly anything of this becomes garbage: to look for it takes an eighth of a second.
gc.disable()
chosen = settings.load_settings()
found = existing.look(chosen, references.named(chosen))
changes.refuse(chosen, found)
external_check.refuse(chosen, found)
transforms.register(chosen)
for name, value in stack.build(chosen, found, image_names).items():
    pulumi.export(name, value)
