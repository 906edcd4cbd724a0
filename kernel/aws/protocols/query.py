CONTENT_TYPE = "application/x-www-form-urlencoded"
