def test_ready(client):
    assert client.get("/health/ready").status_code == 200
