"""For kritarunner: opens an OpenRaster file in Krita and writes what Krita sees to a folder: layers.json, bottom first, and
each layer's pixels over the whole canvas as N.raw (B, G, R, A).

  kritarunner -s krita_layers -f main FILE FOLDER
"""
import json
import traceback

from krita import Krita


def main(arguments):
    source, folder = arguments
    try:
        document = Krita.instance().openDocument(source)
        layers = []
        for number, node in enumerate(document.rootNode().childNodes()):
            layers.append({"name": node.name(), "depth": node.colorDepth(), "visible": node.visible()})
            with open(f"{folder}/{number}.raw", "wb") as file:
                file.write(bytes(node.pixelData(0, 0, document.width(), document.height())))
        seen = {"width": document.width(), "height": document.height(), "resolution": document.resolution(),
                "layers": layers}
    except Exception:
        seen = {"error": traceback.format_exc()}
    with open(f"{folder}/layers.json", "w") as file:
        json.dump(seen, file)
