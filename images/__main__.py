"""`python3 -m images`: build the images that are missing, and list all of them with their sizes."""

import sys

from images.builders import find_builder
from images.deliver import with_images
from images.names import needed
from toolchain.process import Failed


def main() -> None:
    """Print a line per image: its name and its size in MB (10^6 bytes, uncompressed).

    Raises:
        Failed: one could not be built.
    """
    builder = find_builder()
    for image in with_images(builder, needed()).values():
        if builder.has(image):
            print(f"{builder.size(image) / 1e6:6.0f} MB  {image}")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(str(error))
