namespace GpuPerceptron.Tabular;

/// <summary>How far the reading of a table is.</summary>
/// <param name="Part">From 0 to 1, by an estimate where a table does not say how many rows it has; null where nothing is known.</param>
/// <param name="Rows">Rows so far; 0 for what is read by bytes.</param>
/// <param name="Bytes">Bytes of the table's files so far; null where there are none.</param>
/// <param name="TotalBytes">Bytes of the table's files; 0 where there are none.</param>
public readonly record struct ReadProgress(double? Part, long Rows, long? Bytes, long TotalBytes);
