"""The method against its comparators, and models on data sets. Imports adapt, pretrain and scenes."""
