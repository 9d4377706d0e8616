"""Words that every aggregate shares: ids, money, time, facts, refusals and workflows."""
