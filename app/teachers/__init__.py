"""Teachers and leaders: skill gaps, routes, courses and internships, and what is shown of them to whom."""
