CREATE TABLE ${schema}.others (name text PRIMARY KEY);
