"""Papers of a mentor pair: consents, the agreement to the contract, the programme, the final report."""
