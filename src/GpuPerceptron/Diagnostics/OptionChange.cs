namespace GpuPerceptron.Diagnostics;

/// <summary>A change to a command's options that mends something.</summary>
/// <param name="Option">The option, as <c>--l2</c>.</param>
/// <param name="Value">Its new value; null where it is to be left out.</param>
public sealed record OptionChange(string Option, string? Value);
