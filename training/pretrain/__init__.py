"""How the embedded model is trained and its file made. Imports scenes and the ground floor of training."""
