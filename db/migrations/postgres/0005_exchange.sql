-- +goose Up
-- Alerts that came from another body's list, with what they said when they came.

create table alert_import (
    alert       text not null primary key references alert (id),
    digest      text not null, -- hex SHA-256 of the draft as it came: other words in the alert are a person's own
    imported_at bigint not null
);
