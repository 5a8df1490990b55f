"""moto's server in place of AWS, as tests start it: SQS, SNS, S3 and more, judging signatures."""

import json
import pathlib
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config
from kafka import free_port
from support.server import Server

START_SECONDS = 60
REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's own
# What the keys that moto gives out may do.
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class Moto(Server):
    """One server on a free port of 127.0.0.1. Until require_signatures() it takes any key."""

    def __init__(self, directory, certificate=None):
        """`certificate`: (PEM file of it, of its key); then it speaks https only, and boto3 trusts
        it too.
        """
        self.port = free_port()
        self.certificate = certificate
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        log = pathlib.Path(directory) / f"moto-{self.port}.log"
        super().__init__("moto", log, START_SECONDS)
        self.key = ("test", "test")

    def __enter__(self):
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        if self.certificate:
            command += ["-c", str(self.certificate[0]), "-k", str(self.certificate[1])]
        self.launch(command)
        return self

    def is_ready(self):
        return f"Running on {self.url}" in self.log()

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.key[0],
            aws_secret_access_key=self.key[1],
            verify=str(self.certificate[0]) if self.certificate else None,
            config=Config(retries={"max_attempts": 1}),
        )

    def new_key(self, policy=EVERYTHING):
        """A user with this policy, or without any; its (access key id, secret access key)."""
        iam = self.client("iam")
        name = f"user-{time.monotonic_ns()}"
        iam.create_user(UserName=name)
        if policy is not None:
            iam.put_user_policy(
                UserName=name, PolicyName="policy", PolicyDocument=json.dumps(policy)
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def require_signatures(self):
        """From now on every request must be signed with a key that moto gave out."""
        self.key = self.new_key()
        request = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth",
            data=b"0",
            headers={"Content-Type": "text/plain"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def environment(self, key=None):
        """For a program that is to use this server."""
        key_id, secret = key or self.key
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def create_queue(self, name):
        """Its ARN."""
        self.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def create_topic(self, name, queue):
        """The ARN of an SNS topic whose messages go to this queue."""
        sns = self.client("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
        return arn

    def create_bucket(self, name):
        self.client("s3").create_bucket(Bucket=name)
        return f"arn:aws:s3:::{name}"

    def received(self, queue):
        """The bodies of all messages in the queue, by its ARN."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        bodies = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return bodies

    def objects(self, bucket):
        """Key → text of all objects in the bucket, by its ARN."""
        s3 = self.client("s3")
        name = bucket.rpartition(":")[2]
        return {
            entry["Key"]: s3.get_object(Bucket=name, Key=entry["Key"])["Body"].read().decode()
            for entry in s3.list_objects_v2(Bucket=name).get("Contents", [])
        }


def make_certificate(directory):
    """A certificate of 127.0.0.1 that is its own authority: (PEM file of it, of its key)."""
    directory = pathlib.Path(directory)
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key
