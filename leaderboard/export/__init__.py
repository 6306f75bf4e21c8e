"""A challenge as a bundle for a host: EvalAI or Codabench keeps the board, manyfaces scores."""
