"""One warm model that answers clicks over pipes, and its embeddings. Imports all rooms but the verbs."""
