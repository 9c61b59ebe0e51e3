"""The embedded model from first step to calibrated file, and its limits. Imports benchmark and pretrain."""
