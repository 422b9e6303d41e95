"""What is to be done with each row, decided before anything is sent."""
