//! edge-recall: personalised recommendations computed where the user is.
