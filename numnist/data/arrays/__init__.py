"""Arrays of people's own, of whatever library: `inputs` are pictures or features, `labels` what they show."""
