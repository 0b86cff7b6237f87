"""What the official Python client of OpenAI does with files and batches: `batches.py BASE_URL` prints what it got as JSON, for python.test.ts."""

import asyncio
import json
import sys

from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI, __version__

settings = {"base_url": sys.argv[1], "api_key": "none", "max_retries": 0}
client = OpenAI(**settings)
CHAT = "/v1/chat/completions"
ENDS = {"completed", "failed", "expired", "cancelled"}


def line(custom_id, **body):
    messages = [{"role": "user", "content": custom_id}]
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": CHAT,
        "body": {"model": "mock/echo", "messages": messages, **body},
    }


def upload(lines):
    text = "".join(json.dumps(each) + "\n" for each in lines)
    return client.files.create(file=("in.jsonl", text.encode()), purpose="batch")


def run(lines):
    batch = client.batches.create(input_file_id=upload(lines).id, endpoint=CHAT, completion_window="24h")
    while batch.status not in ENDS:
        batch = client.batches.retrieve(batch.id)
    return batch


def read(file_id):
    return [json.loads(each) for each in client.files.content(file_id).text.splitlines()]


def refusal(kind, call):
    try:
        call()
    except kind as error:
        return {"status": error.status_code, "message": str(error.body["message"])}
    return None


async def use_async():
    async with AsyncOpenAI(**settings) as other:
        return [batch.id async for batch in other.batches.list(limit=1)]


whole = run([line("a"), line("b", mock={"status": 400}), line("c")])
broken = run([line("a"), line("a")])
slow = client.batches.create(
    input_file_id=upload([line("slow", mock={"latency_ms": 600_000})]).id,
    endpoint=CHAT,
    completion_window="24h",
    metadata={"name": "slow"},
)
cancelling = client.batches.cancel(slow.id)
uploaded = client.files.retrieve(whole.input_file_id)
deleted = client.files.delete(whole.input_file_id)

print(
    json.dumps(
        {
            "version": __version__,
            "counts": whole.request_counts.model_dump(),
            "output": [each["custom_id"] for each in read(whole.output_file_id)],
            "answer": read(whole.output_file_id)[0]["response"]["body"]["choices"][0]["message"]["content"],
            "errors": [[each["custom_id"], each["response"]["status_code"]] for each in read(whole.error_file_id)],
            "broken": [broken.status, broken.errors.data[0].code, broken.errors.data[0].line],
            "cancelled": [cancelling.status in {"cancelling", "cancelled"}, cancelling.metadata],
            "ids": [broken.id, whole.id],
            "listed": asyncio.run(use_async()),
            "file": [uploaded.purpose, uploaded.status, deleted.deleted],
            "files": sum(1 for _ in client.files.list(purpose="batch", limit=1)),
            "unknown": refusal(NotFoundError, lambda: client.batches.retrieve("batch_none")),
            "refused": refusal(
                BadRequestError,
                lambda: client.batches.create(input_file_id="none", endpoint="/v1/none", completion_window="24h"),
            ),
        }
    )
)
