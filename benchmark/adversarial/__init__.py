"""Pictures perturbed against a network, within a bound that people do not see."""
