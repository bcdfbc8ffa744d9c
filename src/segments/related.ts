/** Related rows: the catalogue knows them, segments do not ask for them yet. */
export const NO_RELATED = 'Conditions over related rows are not in the language yet: count or sum them in a model, as a trait.';
