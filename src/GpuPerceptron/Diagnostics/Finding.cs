namespace GpuPerceptron.Diagnostics;

/// <summary>Something that was found out about a table, a training or a gradient.</summary>
/// <param name="Code">Names the kind of finding to a program, in snake_case; it does not change from version to version.</param>
/// <param name="Message">What it is and what it means, for a person.</param>
/// <param name="Remedy">What mends it: an option, a command or a change of formula; empty where nothing need be done.</param>
public sealed record Finding(string Code, string Message, string Remedy);
