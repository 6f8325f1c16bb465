"""`python3 -m images`: build the images that are missing, and list all of them with their sizes."""

import sys

from images.build import build, missing
from images.builders import find_builder
from toolchain import build as toolchain_build
from toolchain import programs
from toolchain.process import Failed


def main() -> None:
    """Print a line per image: its name and its size in MB (10^6 bytes, uncompressed).

    Raises:
        Failed: one could not be built.
    """
    builder = find_builder()
    if "minio" in missing(builder):
        toolchain_build.ensure([programs.MINIO])
    minio = toolchain_build.directory(programs.MINIO) / "bin/minio"
    for image in build(builder, {"minio": minio}).values():
        if builder.has(image):
            print(f"{builder.size(image) / 1e6:6.0f} MB  {image}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
