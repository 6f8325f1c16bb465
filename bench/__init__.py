"""What a running stack costs: time, memory, throughput, as one table."""
