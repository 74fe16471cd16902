"""What a deployment costs: prices as data, a model of what each event uses, and the page that shows both."""
