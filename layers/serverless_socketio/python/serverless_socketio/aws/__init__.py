"""What belongs to AWS and to nothing else."""
