"""The papers of an order: what each says, its templates, and how it is made (readings 18 to 20)."""
