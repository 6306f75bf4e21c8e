"""OpenForensics' six groups of perturbations, as tables of operators."""
