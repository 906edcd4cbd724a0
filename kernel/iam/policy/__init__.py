"""IAM policies: documents are compiled once, then evaluated as pure values."""

from kernel.iam.policy.document import FULL_ACCESS, Policy, compile_policy
from kernel.iam.policy.evaluation import Decision, Question, evaluate

__all__ = ["FULL_ACCESS", "Decision", "Policy", "Question", "compile_policy", "evaluate"]
