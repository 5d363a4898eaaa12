namespace GpuPerceptron;

/// <summary>Who has to act on a <see cref="PerceptronException"/>; the command line maps each to its exit code.</summary>
public enum Fault
{
    /// <summary>An option or argument that cannot be used (exit code 2).</summary>
    Options,

    /// <summary>A table or model file that cannot be used (exit code 5).</summary>
    Data,

    /// <summary>A device that is missing, failed, or ran out of memory (exit code 6).</summary>
    Device,
}

/// <summary>
/// An error that the user can act on. The message is one line that says what is wrong, where, and what to do; it is
/// meant to be shown as it is.
/// </summary>
/// <param name="fault">Who has to act.</param>
/// <param name="message">One line: what, where, what to do.</param>
/// <param name="innerException">The cause, where there is one.</param>
public sealed class PerceptronException(Fault fault, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Who has to act.</summary>
    public Fault Fault { get; } = fault;
}
