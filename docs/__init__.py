"""The documents, and the module that writes those which are made from the code."""
