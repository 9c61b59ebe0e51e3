"""Where to click next, and how often that is right. Imports benchmark and adapt."""
