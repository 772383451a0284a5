"""Every loss with every network, penalty and strategy, against two separate stages."""
