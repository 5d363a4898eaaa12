using System.Globalization;
using System.Text;
using GpuPerceptron.Data;

namespace GpuPerceptron.Bench;

/// <summary>Writes samples as a table with a header: label, x0, x1, …, with five decimals.</summary>
internal static class CsvFile
{
    /// <param name="dataset">The samples, in float32.</param>
    /// <param name="path">The file.</param>
    public static void Save(Dataset dataset, string path)
    {
        using var stream = new BufferedStream(File.Create(path), 1 << 20);
        stream.Write(Encoding.ASCII.GetBytes($"label,{string.Join(',', Enumerable.Range(0, dataset.Features).Select(j => $"x{j}"))}\n"));
        byte[] line = new byte[16 + dataset.Features * 48];
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                line[0] = (byte)('0' + (int)block.Labels[i]);
                int length = 1;
                foreach (float value in block.Row(i))
                {
                    line[length++] = (byte)',';
                    value.TryFormat(line.AsSpan(length), out int written, "F5", CultureInfo.InvariantCulture);
                    length += written;
                }

                line[length++] = (byte)'\n';
                stream.Write(line, 0, length);
            }
        }
    }
}
