CREATE TABLE ${schema}.things (
    name  text PRIMARY KEY,
    times integer NOT NULL
);
