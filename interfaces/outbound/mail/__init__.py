"""Mail by SMTP, and the texts of our mails."""
